"""Messages out: who is told, by which way, and programs that listen. Never a name, a place or an answer."""
