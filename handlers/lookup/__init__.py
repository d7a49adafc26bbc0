"""The lookup Lambda: customers and those who serve them read stored orders."""
