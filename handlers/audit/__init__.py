"""The audit Lambda: every order event leaves one record that nobody changes."""
