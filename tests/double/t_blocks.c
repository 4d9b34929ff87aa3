/* Blocks in double precision: the same tests. */
#include "../t_blocks.c"
