-- Who has something to read is told to every server as the change commits, with the place that has
-- to be shown first. Many stores at once count as all.
CREATE FUNCTION tell_of_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('feed', max(place) || ' ' || whom) FROM (
        SELECT place, CASE WHEN (SELECT count(DISTINCT store) FROM added) > 100
            THEN '*' ELSE store END AS whom FROM added) AS told
    GROUP BY whom;
    RETURN NULL;
END
$$;

CREATE TRIGGER change_told AFTER INSERT ON change REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION tell_of_changes();
