"""What a submission becomes: core (pure), store (MongoDB), and the few modules that put them in order."""
