"""What an author of a plugin needs to test it: real servers, fixtures and contract tests."""
