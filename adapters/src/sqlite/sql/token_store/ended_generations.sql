SELECT generation.id
FROM processor
JOIN generation ON generation.processor = processor.name
WHERE
    processor.name = ?1
    AND generation.number <> processor.live
    AND generation.number IS NOT processor.rebuilding
