pytest_plugins = ["ostiary.testing.fixtures"]
