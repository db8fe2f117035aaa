ALTER TABLE article ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN article.withdrawn IS 'Taken out of sale; an import leaves it as it is.';
