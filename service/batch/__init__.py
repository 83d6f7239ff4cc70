"""Many profiles from a file, on all cores: read, answered line by line, written in order, taken up again after a stop.

The lines are those of a batch over HTTP (``service.web.lines``), so both give the same answers.
"""
