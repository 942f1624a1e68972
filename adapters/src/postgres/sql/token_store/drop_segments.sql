delete from segment
using unnest($2::bigint[], $3::bigint[]) as part (id, mask)
where segment.generation = $1 and segment.id = part.id and segment.mask = part.mask
