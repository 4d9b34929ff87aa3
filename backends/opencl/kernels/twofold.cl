/* Sums as if in twice the precision: what rounding takes away is kept beside
 * (A. Neumaier, ZAMM 54, 39 (1974)). */
float2 add(float2 sum, float v)
{
	float t = sum.x + v;

	sum.y += fabs(sum.x) >= fabs(v) ? (sum.x - t) + v : (v - t) + sum.x;
	sum.x = t;
	return sum;
}

float2 add_both(float2 a, float2 b)
{
	a = add(a, b.x);
	a.y += b.y;
	return a;
}

/* The sum of those of a group of a power of two of items, for its first. */
float2 add_group(float2 sum, __local float2 *room)
{
	uint i = get_local_id(0);

	room[i] = sum;
	for (uint n = get_local_size(0) / 2; n > 0; n /= 2) {
		barrier(CLK_LOCAL_MEM_FENCE);
		if (i < n)
			room[i] = add_both(room[i], room[i + n]);
	}
	return room[i];
}
