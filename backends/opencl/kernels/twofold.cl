/* Sums as if in twice the precision: x, and in y what rounding took away from it
 * (A. Neumaier, ZAMM 54, 39 (1974)). */
static float2 add(float2 sum, float v)
{
	float t = sum.x + v;

	sum.y += fabs(sum.x) >= fabs(v) ? (sum.x - t) + v : (v - t) + sum.x;
	sum.x = t;
	return sum;
}

static float2 add_both(float2 a, float2 b)
{
	a = add(a, b.x);
	a.y += b.y;
	return a;
}

static float total(float2 sum)
{
	return sum.x + sum.y;
}

/*
 * The sum over lanes 0 .. lanes-1, in each of them. Those that are added up
 * are 'step' items apart. room has a number an item. All items of the work
 * group have to come here; those of no lane get nothing of use.
 */
static float2 over_lanes(__local float2 *room, uint lane, uint lanes, uint step,
	float2 own)
{
	uint item = get_local_id(0), n, rest;

	room[item] = own;
	barrier(CLK_LOCAL_MEM_FENCE);
	for (n = lanes; n > 1; n = rest) {
		rest = (n + 1) / 2;
		if (lane < n / 2)
			room[item] = add_both(room[item],
				room[item + rest * step]);
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	own = room[lane < lanes ? item - lane * step : 0];
	barrier(CLK_LOCAL_MEM_FENCE);
	return own;
}

/* The same of single numbers. */
static float sum_lanes(__local float2 *room, uint lane, uint lanes, uint step,
	float own)
{
	return total(over_lanes(room, lane, lanes, step, (float2)(own, 0)));
}

/* Over all items of the group. */
static float2 over_group(__local float2 *room, float2 own)
{
	return over_lanes(room, get_local_id(0), get_local_size(0), 1, own);
}
