"""What tests of the order form stand on: servers of the site, of the API and of an issuer."""
