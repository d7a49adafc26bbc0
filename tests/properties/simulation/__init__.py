"""The pipeline's functions in a simulated AWS, checked against a model."""
