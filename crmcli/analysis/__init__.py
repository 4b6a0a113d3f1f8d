"""Pure analyses: frames and options in, frozen results out; no files, no clock, no terminal."""
