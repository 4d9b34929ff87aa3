/* loss_space in double precision: the same tests, tighter. */
#include "../t_loss_space.c"
