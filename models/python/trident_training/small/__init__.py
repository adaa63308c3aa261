"""The encoder trident-small: a student of published encoders of the shape of MiniLM."""
