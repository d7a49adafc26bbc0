"""The email Lambda: every order event becomes one confirmation to the customer."""
