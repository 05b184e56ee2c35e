"""The command line: it parses, shows and decides nothing. Faces alone read the clock and make the dice."""
