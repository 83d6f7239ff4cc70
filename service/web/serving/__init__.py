"""The server: gunicorn as this service uses it, and how one rule base takes the place of another under load."""
