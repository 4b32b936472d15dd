"""What ``import tradewind as tw`` offers in a script or a notebook: few names, frames in and out."""
