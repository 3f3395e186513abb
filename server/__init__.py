"""The edges: phones (OpenRosa), people (web pages), programs (JSON API), the operator's command line."""
