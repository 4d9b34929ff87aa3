/* How the rate of learning goes. */
#include <math.h>
#include <iphase/train.h>

#define PI 3.14159265358979323846

double ip_schedule_rate(const struct ip_schedule *s, uint64_t step)
{
	double done;

	if (step < s->warmup)
		return s->rate * (double)step / (double)s->warmup;
	if (s->steps == 0)
		return s->rate;
	if (step >= s->steps)
		return s->rate * s->last;
	done = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
	return s->rate * (s->last + (1 - s->last) * 0.5 *
		(1 + cos(PI * done)));
}
