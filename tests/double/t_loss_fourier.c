/* loss_fourier in double precision: the same tests, tighter. */
#include "../t_loss_fourier.c"
