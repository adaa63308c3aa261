"""Turns a Hugging Face folder with an ONNX graph into a Trident folder."""
