"""Networks: torch teaches them, ONNX Runtime asks them."""
