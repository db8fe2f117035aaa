-- A line as PostgreSQL reads JSON: it takes no U+0000, which a store may have in any text.
CREATE FUNCTION line_json(line bytea) RETURNS json LANGUAGE sql IMMUTABLE AS $$
    SELECT replace(convert_from(line, 'UTF8'), '\u0000', '\ufffd')::json
$$;
