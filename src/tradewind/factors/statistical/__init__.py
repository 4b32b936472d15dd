"""Statistical factors: shape, dependence, disorder and memory of a window of returns."""
