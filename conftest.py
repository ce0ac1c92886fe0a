"""The fixtures of the testing kit, for every test of this repository."""

pytest_plugins = ["ostiary.testing.fixtures"]
