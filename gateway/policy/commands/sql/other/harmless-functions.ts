/**
 * Functions of MySQL, SQL Server, SQLite, Snowflake and BigQuery that look and compute, in addition to those of
 * PostgreSQL; by their names in lower case.
 */
export const otherHarmlessFunctions = `
  abs acos add_months adddate addtime aes_decrypt aes_encrypt any_value app_name approx_count_distinct
  approx_percentile approx_quantiles approx_top_count array_compact array_concat array_concat_agg array_construct
  array_contains array_distinct array_except array_flatten array_insert array_intersection array_reverse array_size
  array_slice array_sort array_to_string array_unique_agg arrays_overlap as_array as_double as_integer as_object
  as_varchar ascii asin at atan atan2 atn2 avg base64_decode_string base64_encode before bin bin_to_uuid
  binary_checksum bit_and bit_count bit_length bit_or bit_xor bitand bitor bm25 bool_and booland_agg boolor_agg
  byte_length bytes_to_hex cast cbrt ceil ceiling changes char char_length character_length charindex charset
  checksum checksum_agg choose chr coalesce code_points_to_string coercibility col_length col_name collation
  columns_updated compress concat concat_ws connection_id connectionproperty contains contains_substr conv convert
  convert_timezone convert_tz corr cos cot count count_big count_if countif crc32 cume_dist curdate current_catalog
  current_database current_date current_datetime current_role current_schema current_schemas current_time
  current_timestamp current_user current_version current_warehouse cursor_status curtime database databasepropertyex
  datalength date date_add date_bucket date_diff date_format date_from_parts date_from_unix_date date_part date_sub
  date_trunc dateadd datediff datediff_big datefromparts datename datepart datetime datetime2fromparts datetime_add
  datetime_diff datetime_sub datetime_trunc datetimefromparts datetrunc day dayname dayofmonth dayofweek dayofyear
  days db_id db_name decode degrees dense_rank difference div div0 div0null editdistance elt encode endswith eomonth
  equal_null error_line error_message error_number error_procedure error_severity error_state exp export_set extract
  extractvalue farm_fingerprint field file_id file_name find_in_set first_value flatten floor format format_bytes
  format_date format_datetime format_pico_time format_timestamp found_rows from_base64 from_days from_hex
  from_unixtime full_hostname generate_array generate_date_array generate_series generate_timestamp_array
  generate_uuid generator geo_distance get get_ddl get_format get_path getansinull getdate getutcdate glob greatest
  group_concat grouping grouping_id has_dbaccess has_perms_by_name hash hash_agg hashbytes haversine hex
  hex_decode_string hex_encode highlight host_id host_name hour hours ident_current ident_incr ident_seed identity
  ieee_divide iff ifnull iif indexproperty inet6_aton inet6_ntoa inet_aton inet_ntoa initcap insert instr int64
  interval is_array is_boolean is_date is_inf is_integer is_ipv4 is_ipv6 is_member is_nan is_null_value is_object
  is_rolemember is_srvrolemember is_timestamp is_uuid is_varchar isdate isjson isnull isnumeric
  jarowinkler_similarity json json_array json_array_append json_array_insert json_array_length json_arrayagg
  json_contains json_contains_path json_depth json_each json_error_position json_extract json_extract_array
  json_extract_path_text json_extract_scalar json_extract_string_array json_group_array json_group_object json_insert
  json_keys json_length json_merge json_merge_patch json_merge_preserve json_modify json_object json_objectagg
  json_overlaps json_patch json_path_exists json_pretty json_query json_query_array json_quote json_remove
  json_replace json_schema_valid json_search json_set json_storage_size json_table json_tree json_type json_unquote
  json_valid json_value json_value_array jsonb julianday lag last_day last_insert_id last_insert_rowid last_query_id
  last_value lax_bool lax_float64 lax_int64 lax_string lcase lead least left len length like likelihood likely
  listagg ln localtime localtimestamp locate log log10 log1p log2 logical_and logical_or lower lpad ltrim make_date
  make_set make_time make_timestamp makedate maketime matchinfo max max_by md5 median microsecond mid min
  min_active_rowversion min_by minhash minute minutes mod mode month monthname months months_between name_const nchar
  newid newsequentialid next_day nth_value ntile nullif nullifzero nvl nvl2 object_agg object_construct
  object_construct_keep_null object_definition object_delete object_id object_insert object_keys object_name
  object_pick object_schema_name objectproperty objectpropertyex octet_length offsets ord original_login
  parse_bignumeric parse_date parse_datetime parse_ip parse_json parse_numeric parse_time parse_timestamp parse_url
  parse_xml parsename patindex percent_rank percentile_cont percentile_disc period_add period_diff permissions pi
  position pow power pragma_compile_options pragma_database_list pragma_foreign_key_list pragma_function_list
  pragma_index_info pragma_index_list pragma_table_info pragma_table_list pragma_table_xinfo previous_day printf
  quarter quote quotename radians rand randn random randomblob randstr range_bucket rank ratio_to_report regexp
  regexp_contains regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace
  regexp_substr regexp_substr_all repeat replace replicate result_scan reverse right round row_count row_number
  rowcount_big rpad rtrim rtrimmed_length safe_add safe_cast safe_convert_bytes_to_string safe_divide safe_multiply
  safe_negate safe_offset safe_ordinal safe_subtract schema schema_id schema_name scope_identity sec_to_time second
  seconds seq1 seq2 seq4 seq8 serverproperty session_context session_user sessionproperty sha sha1 sha1_hex sha2
  sha256 sha2_hex sha512 sign sin sinh smalldatetimefromparts snippet soundex space split split_part split_to_table
  sql_variant_property sqlite_compileoption_used sqlite_offset sqlite_source_id sqlite_version sqrt square st_area
  st_astext st_aswkt st_contains st_distance st_dwithin st_geogfromtext st_geogpoint st_geohash st_intersects
  st_length st_makepoint st_within st_x st_y startswith statement_digest stats_date std stddev stddev_pop stddev_samp
  stdev stdevp str str_to_date strcmp strftime string_agg string_escape string_split strip_null_value strtok
  strtok_to_array stuff subdate subnet substr substring substring_index subtime sum suser_id suser_name suser_sname
  switchoffset sysdate sysdatetime sysdatetimeoffset system_user systimestamp sysutcdatetime tan tanh
  tertiary_weights time time_add time_diff time_format time_from_parts time_slice time_sub time_to_sec time_trunc
  timediff timefromparts timestamp timestamp_add timestamp_diff timestamp_from_parts timestamp_micros
  timestamp_millis timestamp_ntz_from_parts timestamp_seconds timestamp_sub timestamp_trunc timestampadd
  timestampdiff to_array to_base32 to_base64 to_binary to_boolean to_char to_code_points to_date to_days to_decimal
  to_double to_geography to_hex to_json to_json_string to_number to_object to_seconds to_time to_timestamp
  to_timestamp_ltz to_timestamp_ntz to_timestamp_tz to_varchar to_variant todatetimeoffset total total_changes
  translate trigger_nestlevel trim trunc truncate try_base64_decode_string try_cast try_convert try_parse
  try_parse_json try_to_boolean try_to_date try_to_decimal try_to_double try_to_number try_to_timestamp type_id
  type_name typeof typeproperty ucase uncompress uncompressed_length unhex unicode uniform unistr unix_date
  unix_micros unix_millis unix_seconds unix_timestamp unixepoch unlikely unnest updatexml upper user user_id
  user_name utc_date utc_time utc_timestamp uuid uuid_short uuid_string uuid_to_bin validate_password_strength values
  var var_pop var_samp variance varp vector_cosine_similarity vector_distance vector_l2_distance version week weekday
  weekiso weekofyear weight_string width_bucket xact_state xmlget xmltype year yearofweek yearofweekiso years
  yearweek zeroblob zeroifnull`;
