"""The pure rules: no clock, no randomness, no I/O, no Flask, no pymongo."""
