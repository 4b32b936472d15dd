"""A bus between processes: one listens to a vendor, any number of others hear it through Redis Streams."""
