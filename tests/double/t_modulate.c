/* modulate in double precision: the same tests, tighter. */
#include "../t_modulate.c"
