// A program that is built for the debugger names the script that prints its objects. gdb loads it
// by itself, or says which line in its configuration lets it.

#ifdef __ELF__
asm(".pushsection .debug_gdb_scripts, \"MS\", @progbits, 1\n"
    ".byte 1\n"  // a Python file
    ".asciz \"" EVENKEEL_GDB_SCRIPT
    "\"\n"
    ".popsection\n");
#endif
