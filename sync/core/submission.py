"""What a phone sent, as far as it can be read without its form."""
