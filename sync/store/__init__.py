"""MongoDB: one module per collection, functions whose first argument is `db`."""
