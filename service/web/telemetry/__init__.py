"""What the service tells those who run it: logs, metrics, traces, decisions. Never makes a request wait or fail."""
