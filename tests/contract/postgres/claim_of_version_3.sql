select epoch from claim_segment('catalogue', 0, 0, 0, '00000000-0000-0000-0000-0000000000cc', 10000000)
