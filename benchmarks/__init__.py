"""Speed and cost: `make bench`, `make load`, and the tables of their documents."""
