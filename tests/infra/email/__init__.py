"""SES and SMTP."""
