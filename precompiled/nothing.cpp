// A precompiled header is compiled for a program or a library: for this one, with nothing in it.
