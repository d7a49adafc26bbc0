"""The API's OpenAPI document, generated from the models that validate its requests."""
