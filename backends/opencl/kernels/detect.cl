/* A group sums one channel of one wave. */
__kernel void detect(BUF(out), IN(waves), ENTRIES(e), uint size,
	__local float2 *room)
{
	uint channel = get_group_id(0), wave = get_group_id(1);
	struct entries s = THE_ENTRIES(e);
	__global const float2 *psi = (__global const float2 *)AT(waves) +
		(ulong)wave * size;
	float2 sum = 0.0f;

	for (uint i = s.start[channel] + get_local_id(0);
		i < s.start[channel + 1]; i += get_local_size(0)) {
		float2 v = psi[s.of[i]];

		sum = add(sum, s.weight[i] * (v.x * v.x + v.y * v.y));
	}
	sum = over_group(room, sum);
	if (get_local_id(0) == 0)
		AT(out)[wave * e_keys + channel] = total(sum);
}
