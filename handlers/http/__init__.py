"""HTTP for every function behind the API: requests, callers, order rules, responses, CORS."""
