"""Tests of the order form in `web/`: in Chromium, with a fake API."""
