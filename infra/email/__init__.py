"""Order confirmations: SES or SMTP, and the function that sends them."""
