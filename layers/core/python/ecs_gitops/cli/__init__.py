"""The command line, one file a verb: data on stdout, everything else on stderr; the door is `main.main`."""
