-- What an administrator decided for all scopes of an app goes as far as what the app registered then: what it registers later is
-- decided on anew. Only of apps that are built in it is whatever they register.
--
-- In the one or the other engine's words for JSON; the other finds nothing. Terms that go all the way begin with that.
UPDATE authorizations SET terms = '{"whole":true,"ceiling":' || (SELECT coalesce(nullif(replace(replace(
        CAST(CAST(v.registration AS JSON) -> 'required' AS TEXT) || CAST(CAST(v.registration AS JSON) -> 'conditional' AS TEXT)
        || CAST(CAST(v.registration AS JSON) -> 'optional' AS TEXT), '[]', ''), '][', ','), ''), '[]')
    FROM client_versions v WHERE v.client = authorizations.client
        AND v.number = CAST(CAST(authorizations.terms AS JSON) ->> 'registration' AS BIGINT)) || ',' || substr(terms, 18)
WHERE origin = 'administrator' AND terms LIKE '{"uncapped":true,%' AND client IN (SELECT id FROM clients WHERE NOT built_in)
    AND EXISTS (SELECT 1 FROM client_versions v WHERE v.client = authorizations.client
        AND v.number = CAST(CAST(authorizations.terms AS JSON) ->> 'registration' AS BIGINT));
/* sqlite: UPDATE authorizations SET terms = '{"whole":true,"ceiling":' || (SELECT coalesce(nullif(replace(replace(
        (v.registration -> 'required') || (v.registration -> 'conditional') || (v.registration -> 'optional'), '[]', ''), '][', ','), ''), '[]')
    FROM client_versions v WHERE v.client = authorizations.client AND v.number = authorizations.terms ->> 'registration')
    || ',' || substr(terms, 18)
WHERE origin = 'administrator' AND terms LIKE '{"uncapped":true,%' AND client IN (SELECT id FROM clients WHERE NOT built_in)
    AND EXISTS (SELECT 1 FROM client_versions v WHERE v.client = authorizations.client
        AND v.number = authorizations.terms ->> 'registration') */;
