-- Articles that head office took out of sale (停售): the till refuses them until they are put back.
ALTER TABLE article ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
