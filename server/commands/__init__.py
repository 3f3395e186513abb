"""The operator's commands, one module per noun."""
